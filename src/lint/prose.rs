//! Ordinary sentences that no general rule may touch, whatever the noise it looks for.
//!
//! Each holds words that careless rules look for: share, follow, video, photo, subscribe, read, copyright, published, comments.

/// One sentence a line of body text, several for each language that the shipped rules know best.
pub(super) const SENTENCES: &[&str] = &[
    "She wanted a fair share of the harvest, and nobody at the table could follow her reasons.",
    "The museum published a photo of the bridge in 1931, and visitors left their comments in a guest book.",
    "He read the letter twice, put it on the table and went out to look at the rain.",
    "A video of the storm was shown to the jury, who were asked to watch it more than once.",
    "The court held that the copyright in the map had passed to the state long before the war.",
    "أراد المزارع حصته من المحصول، ولم يتابع أحد حديثه حتى النهاية.",
    "قرأ الطبيب الرسالة مرتين ثم وضعها على الطاولة وخرج إلى الشرفة.",
    "نشرت الصحيفة صورة الجسر القديم عام 1931، وترك الزوار تعليقاتهم في دفتر صغير.",
    "کشاورز سهم خود را از برداشت گندم خواست و هیچ‌کس سخنش را تا پایان دنبال نکرد.",
    "روزنامه عکس پل قدیمی را منتشر کرد و خوانندگان درباره آن بسیار نوشتند.",
    "کسان نے فصل میں اپنا حصہ مانگا، مگر کسی نے اس کی بات آخر تک نہ سنی۔",
    "Çiftçi hasattan payını istedi, ama kimse sözlerini sonuna kadar dinlemedi.",
    "Gazete eski köprünün fotoğrafını yayımladı ve okurlar günlerce bunu konuştu.",
    "Le fermier voulait sa part de la récolte, et personne n'a suivi son discours jusqu'au bout.",
    "Le journal a publié une photo du vieux pont, que les lecteurs ont commentée pendant des jours.",
    "Der Bauer wollte seinen Teil der Ernte, und niemand folgte seiner Rede bis zum Ende.",
    "Die Zeitung druckte ein Foto der alten Brücke, über das die Leser tagelang sprachen.",
    "El campesino quería su parte de la cosecha, y nadie siguió su discurso hasta el final.",
    "El diario publicó una foto del puente viejo, y los lectores la comentaron durante días.",
    "Крестьянин хотел получить свою часть урожая, и никто не дослушал его до конца.",
    "Газета напечатала снимок старого моста, и читатели говорили о нём несколько дней.",
    "O lavrador queria a sua parte da colheita, e ninguém seguiu o seu discurso até ao fim.",
    "Il contadino voleva la sua parte del raccolto, e nessuno seguì il suo discorso fino alla fine.",
    "Rolnik chciał swojej części plonów, lecz nikt nie wysłuchał jego słów do końca.",
    "האיכר ביקש את חלקו ביבול, ואיש לא הקשיב לדבריו עד הסוף.",
    "किसान ने फसल में अपना हिस्सा माँगा, पर किसी ने उसकी बात अंत तक नहीं सुनी।",
    "农民想要得到自己的那份收成，却没有人听他把话说完。",
    "農夫は収穫の分け前を求めたが、最後まで話を聞く者はいなかった。",
];
