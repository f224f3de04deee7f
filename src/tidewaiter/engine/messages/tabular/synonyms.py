"""How brokers call the columns, by field: several languages, SAD boxes, WCO and EU data elements.

Names are compared normalised: lower case, letters and digits only, single blanks.
"""

from __future__ import annotations

from typing import Final

SYNONYMS: Final[dict[str, str]] = {
    "declaration_id": """declaration id|declaration no|declaration number|declaration|decl no|decl id|entry
        number|entry no|mrn|movement reference number|customs declaration number|id|reference|sad id
        |sad number|registration number|bill of entry|be number|boe number|numéro de déclaration|n° déclaration
        |déclaration|numero de declaracion|declaración|número de declaração|declaração|duimp|due
        |anmeldenummer|zollanmeldung|registriernummer|dichiarazione|aangiftenummer|numer zgłoszenia
        |beyanname no|номер декларации|номер дт|رقم البيان|报关单号|신고번호|申告番号""",
    "item_no": """item no|item number|item|line|line no|line number|goods item number|goods item|position
        |pos|pos nr|article|box 32|casilla 32|case 32|feld 32|de 1/6|numéro d'article|ítem|adição
        |positionsnummer|номер товара|项号|란번호""",
    "function": "function|function code|message function|status of declaration|amendment flag",
    "functional_reference_id": """trader reference|own reference|lrn|local reference number|ducr|reference
        number of trader|box 7|case 7|functional reference|broker reference|file number""",
    "type_code": "declaration type|type of declaration|decl type|box 1|case 1|de 1/1|regime type|tipo de declaración",
    "direction": "direction|import export|imp exp|flow|trade flow|i/e",
    "declaration_date": """date|declaration date|acceptance date|entry date|registration date|date of
        declaration|date of acceptance|clearance date|filing date|lodgement date|reg date|date de déclaration
        |date d'enregistrement|fecha|fecha de declaración|fecha de aceptación|data|data da declaração|datum
        |annahmedatum|data dichiarazione|datum aanvaarding|data zgłoszenia|tarih|tescil tarihi
        |дата|дата декларации|التاريخ|申报日期|신고일자|申告年月日""",
    "release_date": "release date|date of release|mainlevée|fecha de levante|date released|duty paid date",
    "office": """office|customs office|office id|office code|port|port of entry|customs house|custom office
        |clearance office|bureau|bureau de douane|aduana|oficina|zollstelle|dienststelle|box a|alfândega
        |unidade aduaneira|dogana|kantoor|urząd celny|gümrük|таможенный орган|таможня|المركز الجمركي
        |申报口岸|세관""",
    "procedure": """procedure|procedure code|customs procedure|cpc|customs procedure code|regime|régime
        |régimen|box 37|case 37|casilla 37|feld 37|de 1/10|verfahren|procedimento|rejim|процедура""",
    "additional_procedure": "additional procedure|additional procedure code|apc|de 1/11|national procedure",
    "process_type": "process type|processing type",
    "import_type": "import type|type of import",
    "import_use": "import use|use|end use|purpose",
    "transaction_nature": "nature of transaction|transaction nature|box 24|case 24|de 8/5|art des geschäfts",
    "payment_method": """payment method|payment type|method of payment|mode de paiement|forma de pago
        |zahlungsart|mode of payment""",
    "transport_mode": """mode of transport|transport mode|mot|box 25|case 25|de 7/4|mode de transport
        |modo de transporte|verkehrszweig|means of transport mode|via de transporte|вид транспорта|运输方式""",
    "transport_means_id": """vessel|vessel name|flight|flight no|truck no|identity of means of transport
        |transport id|box 18|box 21|voyage|conveyance""",
    "transport_nationality": "flag|nationality of means of transport|vessel flag|transport nationality",
    "containers": """container|containers|container no|container number|container numbers|box 31 container
        |conteneur|contenedor|containernummer|контейнер|集装箱号""",
    "dispatch_country": """country of dispatch|dispatch country|country of departure|country of export|export
        country|country of consignment|consignment country|box 15|box 15a|case 15|de 5/14|pays de provenance
        |pays d'expédition|país de procedencia|versendungsland|country of shipment|país de procedência
        |land van verzending|çıkış ülkesi|страна отправления|启运国""",
    "destination_country": """country of destination|destination country|destination|box 17|box 17a|de 5/8
        |pays de destination|país de destino|bestimmungsland""",
    "loading_place": "place of loading|port of loading|loading port|pol|box 27|lieu de chargement|puerto de embarque",
    "unloading_place": "place of unloading|port of discharge|discharge port|pod|unloading place|lieu de déchargement",
    "goods_location": "location of goods|goods location|box 30|case 30|de 5/23|warehouse|localisation|warenort",
    "incoterm": "incoterm|incoterms|delivery terms|terms of delivery|box 20|case 20|lieferbedingung|de 4/1",
    "importer": """importer|importer id|importer code|importer no|importer tin|importer eori|consignee|consignee
        id|consignee code|consignee eori|tin|trader id|box 8|case 8|casilla 8|feld 8|importateur|code importateur
        |nif importateur|importador|nit importador|ruc importador|cnpj|empfänger|importeur|ithalatçı
        |импортер|инн|получатель|المستورد|进口商|수입자""",
    "importer_name": """importer name|name of importer|consignee name|importer's name|nom de l'importateur
        |nombre del importador|nome do importador|name des empfängers|raison sociale|razón social
        |наименование получателя|اسم المستورد""",
    "importer_country": "importer country|consignee country|country of importer",
    "exporter": """exporter|exporter id|exporter code|consignor|consignor id|shipper|shipper id|supplier
        |supplier id|supplier code|box 2|case 2|casilla 2|feld 2|exportateur|exportador|proveedor|versender
        |fournisseur|ihracatçı|экспортер|отправитель|المصدر|出口商""",
    "exporter_name": """exporter name|consignor name|shipper name|supplier name|name of exporter|nom de
        l'exportateur|nombre del exportador|nombre del proveedor|name des versenders""",
    "exporter_country": "exporter country|consignor country|shipper country|supplier country",
    "seller": "seller|seller id|vendor|vendor id|verkäufer|vendeur|vendedor|seller code",
    "seller_name": "seller name|vendor name|name of seller",
    "buyer": "buyer|buyer id|purchaser|käufer|acheteur|comprador",
    "buyer_name": "buyer name|name of buyer",
    "declarant": """declarant|declarant id|declarant code|broker|broker id|broker code|customs broker|agent
        |agent id|clearing agent|cha|box 14|box 54|case 14|casilla 14|déclarant|code déclarant|declarante
        |agente|agente de aduanas|despachante|anmelder|vertreter|forwarder|gümrük müşaviri|декларант
        |المخلص|报关行|신고인""",
    "declarant_name": "declarant name|broker name|agent name|nom du déclarant|nombre del agente",
    "carrier": "carrier|carrier id|courier|courier id|shipping line|airline|transporteur|transportista|frachtführer",
    "hs": """hs|hs code|hs6|hs6 code|hs10|hs8|commodity code|commodity|tariff|tariff code|tariff no|tariff number
        |tariff item|hts|hts code|htsus|cn code|taric|taric code|nomenclature|classification|box 33|case 33
        |casilla 33|feld 33|de 6/14|ncm|code sh|code ngp|nomenclature code|position tarifaire|espèce tarifaire
        |partida arancelaria|subpartida|fracción arancelaria|arancel|código ncm|warennummer|zolltarifnummer
        |warentarifnummer|codice merceologico|goederencode|kod towaru|kod cn|gtip|код тн вэд|тн вэд|код товара
        |البند الجمركي|رمز النظام المنسق|商品编码|税号|세번부호|품목번호|税番""",
    "description": """description|goods description|description of goods|commodity description|product|product
        description|item description|box 31|case 31|désignation|désignation des marchandises|description
        commerciale|descripción|descripción de la mercancía|mercancía|descrição|warenbezeichnung|beschreibung
        |descrizione|omschrijving|opis towaru|eşya tanımı|описание|наименование товара|وصف البضاعة
        |商品名称|품명|品名""",
    "origin": """origin|country of origin|origin country|coo|origin code|box 34|box 34a|case 34|casilla 34
        |feld 34|de 5/15|pays d'origine|origine|país de origen|origen|país de origem|ursprungsland|ursprung
        |paese di origine|land van oorsprong|kraj pochodzenia|menşe|menşe ülke|страна происхождения
        |بلد المنشأ|原产国|원산지|原産地""",
    "origin_indicator": "origin indicator|country of origin indicator|origin marking|origin mark",
    "preference": "preference|preference code|box 36|case 36|casilla 36|de 4/17|préférence|preferencia|fta|präferenz",
    "tax_type": "tax type|duty type|type of tax|tariff type",
    "duty_rate": """duty rate|tax rate|rate of duty|rate|customs duty rate|taux|taux de droit|tasa|tipo
        arancelario|zollsatz|aliquota|alíquota|ставка""",
    "quantity": """quantity|qty|supplementary units|supplementary quantity|statistical quantity|units|no of units
        |number of units|box 41|case 41|casilla 41|feld 41|de 6/2|quantité|cantidad|quantidade|menge|quantità
        |aantal|ilość|miktar|количество|الكمية|数量|수량""",
    "quantity_unit": """unit|uom|unit of measure|unit of quantity|quantity unit|measurement unit|unité|unidad
        |einheit|maßeinheit|unidade|birim|единица измерения|单位""",
    "net_mass": """net mass|net weight|net weight kg|net mass kg|netweight|net wt|nett weight|box 38|case 38
        |casilla 38|feld 38|de 6/1|poids net|masse nette|peso neto|masa neta|peso líquido|eigenmasse
        |nettogewicht|reingewicht|massa netta|nettomassa|masa netto|net ağırlık|вес нетто|الوزن الصافي
        |净重|순중량|正味重量""",
    "gross_mass": """gross mass|gross weight|gross weight kg|gross mass kg|grossweight|gross wt|weight|box 35
        |case 35|casilla 35|feld 35|de 6/5|poids brut|masse brute|peso bruto|rohmasse|bruttogewicht|massa lorda
        |brutomassa|masa brutto|gewicht|poids|peso|brüt ağırlık|вес брутто|الوزن القائم|毛重|총중량""",
    "packages": """packages|number of packages|no of packages|package quantity|packs|colis|nombre de colis|bultos
        |número de bultos|volumes|packstücke|anzahl packstücke|colli|kap adedi|количество мест|件数|pieces""",
    "package_kind": "package type|kind of packages|packaging|type of packages|box 31 packages|nature des colis|verpackungsart",
    "invoice_value": """invoice value|invoice amount|invoice|invoice total|item price|item value|fob value|fob
        |box 42|case 42|casilla 42|feld 42|de 4/14|valeur facture|montant facturé|valor factura|valor fob
        |rechnungsbetrag|rechnungspreis|artikelpreis|fatura bedeli|фактурная стоимость|قيمة الفاتورة|发票金额""",
    "invoice_currency": """invoice currency|currency of invoice|inv currency|inv curr|box 22|case 22|casilla 22
        |feld 22|de 4/10|devise facture|moneda factura|rechnungswährung|moeda da fatura""",
    "customs_value": """customs value|cif value|cif|cif amount|value for customs|value for duty|declared value
        |dutiable value|assessed value|assessable value|taxable value|valuation|value|box 47 base|valeur en douane
        |valeur caf|valeur|valor en aduana|valor aduana|valor cif|valor aduaneiro|zollwert|valore in dogana
        |douanewaarde|wartość celna|gümrük kıymeti|таможенная стоимость|القيمة الجمركية|完税价格
        |과세가격|課税価格|total value""",
    "statistical_value": "statistical value|stat value|box 46|case 46|casilla 46|feld 46|de 8/6|valeur statistique|valor estadístico|statistischer wert",
    "duty": """duty|customs duty|import duty|duty amount|duty paid|droits de douane|dd|derechos|derechos de
        aduana|zoll|zollbetrag|imposto de importação|dazio|cło|vergi|пошлина|الرسوم الجمركية|关税|관세""",
    "taxes": """taxes|total taxes|duties and taxes|total duties|total duties and taxes|tax amount|total tax|taxes
        paid|droits et taxes|total liquidation|tributos|impuestos|total tributos|abgaben|abgaben gesamt|tributi
        |налоги и пошлины|إجمالي الرسوم|税费""",
    "currency": """currency|currency code|customs currency|ccy|curr|devise|moneda|moeda|währung|valuta|waluta
        |para birimi|валюта|العملة|币制|통화""",
    "valuation_method": "valuation method|method of valuation|box 43|case 43|de 4/16|méthode d'évaluation|bewertungsmethode",
    "documents": "documents|document codes|box 44|case 44|supporting documents|de 2/3|documents produits|unterlagen",
    "previous_documents": "previous document|previous documents|box 40|case 40|de 2/1|bill of lading|bl number|b/l|awb|manifest|vorpapier",
    "outcome.found": """found|fraud|illicit|irregularity|irregularity found|hit|non compliant|non compliance|positive
        |result|inspection result|infraction|infracción|beanstandung|treffer|нарушение""",
    "outcome.severity": "severity|critical fraud|seriousness|gravity|gravité|gravedad|schwere",
    "outcome.revenue": """revenue|additional revenue|revenue recovered|additional duty|revenue assessed|uplift
        |adjustment amount|droits compromis|nacherhebung|recovered""",
    "outcome.known_on": "inspection date|result date|control date|date of result|date of inspection",
    "outcome.risk_area": "risk area|type of irregularity|offence type",
    "outcome.control_type": "control type|inspection type|type of control|channel result",
    "outcome.control_ref": "inspection id|control id|inspection number|control reference|inspection report",
    "outcome.minutes": "inspection minutes|time spent|minutes",
    "outcome.lane": "lane|channel|selectivity|circuit|couleur|canal",
}  # fmt: skip
